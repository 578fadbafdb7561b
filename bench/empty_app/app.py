"""A CDK application with one empty stack: what any synthesis costs before it has synthesised anything."""

from aws_cdk import App, Stack

app = App()
Stack(app, "Empty")
app.synth()
