"""How long AWS takes to make, change and remove a resource through CloudFormation, per type, and how we know.

Seconds from a resource's first `IN_PROGRESS` event to its `COMPLETE` event: `typical` is what to expect, `slow` what to
plan for. AWS publishes no such figures; each row says where that of `create` comes from, and *estimate* where no
published measurement was found. Changes and removals are estimates unless the source speaks of them. Good enough to
rehearse a deployment, not to promise its length.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Literal

type Pace = Literal["typical", "slow"]
type Operation = Literal["create", "update", "delete"]

PACES: tuple[Pace, ...] = ("typical", "slow")
OPERATIONS: tuple[Operation, ...] = ("create", "update", "delete")

_ESTIMATE = "estimate"
_GATEWAY = (
    "estimate; 44 s for gateway, attachment and route together in the stack events of "
    "github.com/openshift/openshift-ansible-contrib/issues/1012"
)
_VPC = "estimate; 21 s with Terraform in github.com/DevopsArtFactory/terraform-provisioning/pull/4"
_FUNCTION = "2 s in the stack events of github.com/cyberark/cyberark-aws-auto-onboarding/issues/9, more with more code"
_LOG_GROUP = "within a second in the stack events of github.com/aws/aws-cdk/issues/3646"
_ROLE = "20 s from event to event in github.com/unbounce/iidy/issues/145"
_PROFILE = (
    "141 s together with its role in the stack events of github.com/openshift/openshift-ansible-contrib/issues/1012; a "
    "fixed wait of two minutes according to github.com/hashicorp/terraform/issues/15341"
)
_NAT = "1 to 2 minutes: github.com/go-to-k/cdkd/pull/123"
_BALANCER = (
    "estimate; waits for the state active (github.com/go-to-k/cdkd/issues/1274), more than 2 minutes for a classic one "
    "(github.com/kubernetes/kubernetes/issues/44695), 4 to 5 with its targets "
    "(github.com/kubernetes-sigs/aws-load-balancer-controller/issues/1786)"
)
_GROUP = (
    "65 s until the first instance signals in github.com/amazon-archives/ecs-mxnet-example/issues/4; removal takes up "
    "to 10 minutes: github.com/hashicorp/terraform/issues/15988"
)
_IMAGE = "estimate; over an hour with several regions: github.com/hashicorp/terraform-provider-aws/issues/36757"
_OVERHEAD = (
    "estimate; CloudFormation adds some 13 s to the API: "
    "stedi.com/blog/relative-performance-tradeoffs-of-aws-native-provisioning-methods"
)
_CACHE = (
    "estimate; under a minute according to AWS's announcement, longer in "
    "github.com/hashicorp/terraform-provider-aws/issues/35896"
)
_KEY = "estimate; far longer than others according to github.com/panther-labs/panther/pull/467"


@dataclass(frozen=True)
class Seconds:
    """How long one operation takes.

    :param typical: what to expect.
    :param slow: what to plan for.
    """

    typical: float
    slow: float

    def at(self, pace: Pace) -> float:
        """Return the seconds of a pace."""
        return self.slow if pace == "slow" else self.typical


@dataclass(frozen=True)
class Durations:
    """How long the operations of one resource type take.

    :param create: until it is made.
    :param update: until a change in place is done.
    :param delete: until it is gone.
    :param source: where the figures come from.
    """

    create: Seconds
    update: Seconds
    delete: Seconds
    source: str

    def of(self, operation: Operation) -> Seconds:
        """Return the row's figures for one operation."""
        return {"create": self.create, "update": self.update, "delete": self.delete}[operation]


def _row(
    create: tuple[float, float], update: tuple[float, float], delete: tuple[float, float], source: str = _ESTIMATE
) -> Durations:
    return Durations(Seconds(*create), Seconds(*update), Seconds(*delete), source)


_QUICK = _row((2, 10), (2, 10), (2, 10))

DURATIONS: dict[str, Durations] = {
    "AWS::AutoScaling::AutoScalingGroup": _row((65, 300), (15, 900), (180, 600), _GROUP),
    "AWS::AutoScaling::LifecycleHook": _QUICK,
    "AWS::AutoScaling::ScalingPolicy": _QUICK,
    "AWS::Budgets::Budget": _QUICK,
    "AWS::CloudWatch::Alarm": _QUICK,
    "AWS::CloudWatch::CompositeAlarm": _QUICK,
    "AWS::CloudWatch::Dashboard": _QUICK,
    "AWS::EC2::EIP": _row((16, 30), (5, 20), (5, 20)),
    "AWS::EC2::FlowLog": _row((5, 20), (3, 10), (3, 10)),
    "AWS::EC2::InternetGateway": _row((16, 30), (3, 10), (5, 60), _GATEWAY),
    "AWS::EC2::LaunchTemplate": _row((3, 10), (3, 10), (2, 10)),
    "AWS::EC2::NatGateway": _row((110, 240), (5, 20), (60, 180), _NAT),
    "AWS::EC2::Route": _row((16, 30), (5, 20), (16, 30), _GATEWAY),
    "AWS::EC2::RouteTable": _row((4, 15), (3, 10), (3, 15)),
    "AWS::EC2::SecurityGroup": _row((7, 15), (5, 15), (3, 300), _OVERHEAD),
    "AWS::EC2::SecurityGroupEgress": _row((2, 10), (2, 10), (2, 10)),
    "AWS::EC2::SecurityGroupIngress": _row((2, 10), (2, 10), (2, 10)),
    "AWS::EC2::Subnet": _row((4, 20), (3, 10), (3, 300)),
    "AWS::EC2::SubnetRouteTableAssociation": _row((16, 30), (3, 15), (16, 30)),
    "AWS::EC2::VPC": _row((16, 30), (5, 20), (3, 60), _VPC),
    "AWS::EC2::VPCEndpoint": _row((10, 120), (10, 60), (10, 240)),
    "AWS::EC2::VPCGatewayAttachment": _row((16, 30), (5, 20), (16, 60), _GATEWAY),
    "AWS::ElastiCache::ServerlessCache": _row((75, 300), (60, 300), (180, 600), _CACHE),
    "AWS::ElasticLoadBalancingV2::Listener": _row((3, 15), (3, 15), (2, 10)),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _row((150, 300), (10, 60), (20, 120), _BALANCER),
    "AWS::ElasticLoadBalancingV2::TargetGroup": _row((17, 30), (5, 15), (2, 10)),
    "AWS::IAM::InstanceProfile": _row((125, 150), (5, 30), (2, 10), _PROFILE),
    "AWS::IAM::OIDCProvider": _row((3, 10), (3, 10), (2, 10)),
    "AWS::IAM::Policy": _row((16, 25), (16, 25), (2, 10)),
    "AWS::IAM::Role": _row((20, 30), (16, 30), (2, 10), _ROLE),
    "AWS::ImageBuilder::Component": _row((4, 15), (3, 10), (2, 10)),
    "AWS::ImageBuilder::DistributionConfiguration": _row((4, 15), (3, 10), (2, 10)),
    "AWS::ImageBuilder::Image": _row((1500, 4200), (5, 20), (5, 20), _IMAGE),
    "AWS::ImageBuilder::ImagePipeline": _row((4, 15), (3, 10), (2, 10)),
    "AWS::ImageBuilder::ImageRecipe": _row((4, 15), (3, 10), (2, 10)),
    "AWS::ImageBuilder::InfrastructureConfiguration": _row((4, 15), (3, 10), (2, 10)),
    "AWS::ImageBuilder::LifecyclePolicy": _row((4, 15), (3, 10), (2, 10)),
    "AWS::KMS::Alias": _QUICK,
    "AWS::KMS::Key": _row((75, 150), (5, 20), (3, 15), _KEY),
    "AWS::Lambda::Alias": _QUICK,
    "AWS::Lambda::Function": _row((5, 30), (8, 30), (4, 20), _FUNCTION),
    "AWS::Lambda::LayerVersion": _row((8, 30), (8, 30), (2, 10)),
    "AWS::Lambda::Permission": _QUICK,
    "AWS::Lambda::Url": _QUICK,
    "AWS::Lambda::Version": _row((3, 30), (3, 30), (2, 10)),
    "AWS::Logs::LogGroup": _row((2, 15), (2, 10), (2, 10), _LOG_GROUP),
    "AWS::Logs::QueryDefinition": _QUICK,
    "AWS::Route53::HostedZone": _row((45, 90), (5, 20), (45, 90)),
    "AWS::Route53::RecordSet": _row((40, 90), (40, 90), (40, 90)),
    "AWS::S3::Bucket": _row((22, 40), (22, 40), (3, 15)),
    "AWS::S3::BucketPolicy": _QUICK,
    "AWS::SNS::Topic": _row((12, 25), (5, 15), (12, 25)),
    "AWS::SNS::TopicPolicy": _QUICK,
    "AWS::SQS::Queue": _row((65, 90), (65, 90), (65, 90)),
    "AWS::SSM::Parameter": _QUICK,
    "AWS::SecretsManager::Secret": _row((3, 15), (3, 15), (3, 15)),
    "Custom::S3AutoDeleteObjects": _row((6, 30), (6, 30), (6, 600)),
}
"""For every type that our stacks use, and queues."""

OTHERS = _row((5, 30), (5, 30), (5, 30))
"""For every type that the table does not hold."""


def seconds(type_name: str, operation: Operation, pace: Pace) -> float:
    """Return how long an operation on a resource takes.

    :param type_name: CloudFormation type.
    """
    return DURATIONS.get(type_name, OTHERS).of(operation).at(pace)


def describe(type_pattern: str = "*") -> list[dict[str, object]]:
    """Return the table as plain data.

    :param type_pattern: which types; `*` stands for any text.
    """
    return [
        {
            "type": name,
            **{each: asdict(row.of(each)) for each in OPERATIONS},
            "source": row.source,
        }
        for name, row in DURATIONS.items()
        if fnmatchcase(name, type_pattern)
    ]
