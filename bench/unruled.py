"""The platform without any rule, as the peer of a synthesis with them: `cdk synth --app "python -m bench.unruled"`."""

from aws_cdk import App

from app import ROOT, configuration_from_context
from stacks.proxy_platform.blueprint import add_proxy_platform


def main() -> None:
    """Synthesise what `app.py` does, and check nothing."""
    app = App(analytics_reporting=False, tree_metadata=False, builtin_cloud_formation_validation=False)
    add_proxy_platform(app, configuration_from_context(app), root=ROOT)
    app.synth()


if __name__ == "__main__":
    main()
