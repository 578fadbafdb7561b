"""A Valkey cache that AWS runs, without servers to look after: encrypted, in a VPC, for named clients."""

import hashlib
import json
from collections.abc import Sequence

from aws_cdk import Fn, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticache as elasticache
from constructs import Construct

ENGINE_VERSION = "8"
PORT = 6379
MOST_SUBNETS = 3
"""Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateServerlessCache.html"""


class ServerlessValkey(Construct):
    """A serverless cache with the engine Valkey. It always speaks TLS and encrypts what it stores.

    It has no users: who can reach it may use it, and that is whoever has the clients' security group. Users with IAM
    would add a signature for each connection and cut each after twelve hours, and keep nobody out who could take that
    group, as that takes rights over the function itself.

    What ElastiCache can set only when a cache is made goes into the name, so that a change of it makes another cache
    beside the old one, instead of failing on its name. Subnets whose ids are read from parameters stay the same in the
    template when they are replaced, so the network's addresses and their zones, with which they are, stand for them.

    :param name: physical name without its ending.
    :param subnets: two or three, in different zones.
    :param clients: security group of those who may connect.
    :param data_maximum_gb: most data, in GB.
    :param ecpu_maximum: most processing units a second.
    :param snapshot_retention_days: days that a daily snapshot is kept; 0 for none.
    :param key_arn: KMS key to encrypt with; none for one of ElastiCache's own.
    :ivar endpoint: `host:port`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        description: str,
        vpc: ec2.IVpc,
        subnets: Sequence[ec2.ISubnet],
        clients: ec2.ISecurityGroup,
        data_maximum_gb: int,
        ecpu_maximum: int,
        snapshot_retention_days: int,
        key_arn: str | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        group = ec2.SecurityGroup(self, "Group", vpc=vpc, description=description, allow_all_outbound=False)
        group.add_ingress_rule(clients, ec2.Port.tcp(PORT), "clients of the cache")
        clients.add_egress_rule(group, ec2.Port.tcp(PORT), "the cache")
        chosen = subnets[:MOST_SUBNETS]
        subnet_ids = [subnet.subnet_id for subnet in chosen]
        place = [vpc.vpc_cidr_block, [subnet.availability_zone for subnet in chosen], subnet_ids]
        fixed = json.dumps(Stack.of(self).resolve([place, key_arn]), sort_keys=True)
        cache = elasticache.CfnServerlessCache(
            self,
            "Cache",
            serverless_cache_name=f"{name}-{hashlib.sha256(fixed.encode()).hexdigest()[:6]}",
            description=description,
            engine="valkey",
            major_engine_version=ENGINE_VERSION,
            security_group_ids=[group.security_group_id],
            subnet_ids=subnet_ids,
            cache_usage_limits=elasticache.CfnServerlessCache.CacheUsageLimitsProperty(
                data_storage=elasticache.CfnServerlessCache.DataStorageProperty(unit="GB", maximum=data_maximum_gb),
                ecpu_per_second=elasticache.CfnServerlessCache.ECPUPerSecondProperty(maximum=ecpu_maximum),
            ),
            snapshot_retention_limit=snapshot_retention_days,
            kms_key_id=key_arn,
        )
        self.endpoint = Fn.join(":", [cache.attr_endpoint_address, cache.attr_endpoint_port])
