"""The IAM user that deploys: it may assume the roles of `cdk bootstrap`, and nothing else.

Source: "Security considerations for bootstrapping" in the AWS CDK developer guide.
"""

from __future__ import annotations

import json
from typing import Any

from emulator.plugin.borrowed import borrow
from emulator.plugin.resources import expect_success

_iam = borrow("services.iam", "_access_keys", "_create_access_key", "_create_user", "_put_user_policy", "_users")

DEPLOYER = "slipway-deployer"
_RIGHTS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::*:role/cdk-*"}],
}


def deployer_credentials(_arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the environment variables with the deploying user's key; makes the user and the key if need be."""
    if DEPLOYER not in _iam._users:
        expect_success(DEPLOYER, _iam._create_user({"UserName": DEPLOYER}))
        policy = {"UserName": DEPLOYER, "PolicyName": "cdk", "PolicyDocument": json.dumps(_RIGHTS)}
        expect_success(DEPLOYER, _iam._put_user_policy(policy))
    if not _keys():
        expect_success(DEPLOYER, _iam._create_access_key({"UserName": DEPLOYER}))
    key = _keys()[0]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def _keys() -> list[dict[str, Any]]:
    return [key for key in _iam._access_keys.values() if key["UserName"] == DEPLOYER]
