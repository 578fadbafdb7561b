"""The rule packs that every synthesis has to pass. An error that nobody accepted fails it."""

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks


def add_rules(app: App) -> None:
    """Check everything in the application against AWS Solutions."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app, verbose=True))
