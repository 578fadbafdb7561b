"""Roles for services, whose every permission is spelled out; a `*` needs a reason."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.policy.findings import acknowledge, acknowledge_wildcards, in_standards


class NarrowRole(iam.Role):
    """A role that starts with no permission; each that it gets is a statement with a name."""

    def allow(
        self,
        sid: str,
        *actions: str,
        on: Sequence[str],
        wildcard_reason: str | None = None,
        conditions: Mapping[str, Mapping[str, str | list[str]]] | None = None,
    ) -> None:
        """Allow actions on resources.

        :param sid: the statement's id, which says what it is for.
        :param on: ARNs.
        :param wildcard_reason: why those ARNs that hold a `*` have to; without it, synthesis fails on them.
        """
        if self.node.try_find_child("DefaultPolicy") is None:
            self.keep_policy_inline()
        statement = iam.PolicyStatement(sid=sid, actions=list(actions), resources=list(on), conditions=conditions)
        self.add_to_principal_policy(statement)
        if wildcard_reason:
            acknowledge_wildcards(self, on, reason=wildcard_reason)

    def keep_policy_inline(self) -> None:
        """Accept that the role's permissions stand in a policy of its own, be it that the library writes it."""
        acknowledge(
            self,
            *in_standards("IAMNoInlinePolicy"),
            reason="the policy fits this one role and goes with it; nobody can attach it elsewhere by mistake",
        )

    def allow_managed(self, name: str, *, reason: str) -> None:
        """Attach a policy that AWS manages.

        :param reason: why no policy of our own does.
        """
        self.add_managed_policy(iam.ManagedPolicy.from_aws_managed_policy_name(name))
        acknowledge(self, f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{name}]", reason=reason)


class ServiceRole(NarrowRole):
    """A role that one AWS service assumes. It starts with no permission.

    :param service: the service's principal, for example `lambda.amazonaws.com`.
    :param role_name: physical name, so that other stacks need no export; none for one of CloudFormation's.
    :param path: IAM path, from `/` to `/`; none for the root.
    :param trust_conditions: what has to hold when the service assumes it; none where its documentation knows of no key.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        service: str,
        description: str,
        role_name: str | None = None,
        path: str | None = None,
        max_session_seconds: int = 3600,
        trust_conditions: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            assumed_by=iam.ServicePrincipal(service, conditions=trust_conditions),
            role_name=role_name,
            path=path,
            description=description,
            max_session_duration=Duration.seconds(max_session_seconds),
        )
