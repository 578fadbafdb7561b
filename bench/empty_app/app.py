"""A CDK application that deploys nothing: what any synthesis costs before it has synthesised anything.

Its one resource makes nothing either; the CDK's template validation refuses a stack with none.
"""

from aws_cdk import App, CfnWaitConditionHandle, Stack

app = App()
CfnWaitConditionHandle(Stack(app, "Empty"), "Nothing")
app.synth()
