"""Names that cross a border: between the CDK application, the functions, the machine image and the control plane.

Everyone may import this package and it imports nothing but the standard library, so it is small enough to travel
inside each function and each image. A name that only one side knows does not belong here.
"""
