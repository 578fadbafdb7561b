"""What stands in for the metadata service, the functions and a web site, each by itself on loopback."""

from __future__ import annotations

import json

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from local.image import internet

WITH_TOKEN = {"X-aws-ec2-metadata-token": internet.TOKEN}


async def test_the_metadata_service_answers_with_a_token_only() -> None:
    async with TestClient(TestServer(internet.metadata("i-1"))) as client:
        token = await (await client.put("/latest/api/token")).text()
        assert token == internet.TOKEN
        assert (await client.get("/latest/meta-data/instance-id")).status == 401
        assert await (await client.get("/latest/meta-data/instance-id", headers=WITH_TOKEN)).text() == "i-1"


async def test_it_has_credentials_of_the_role_and_no_more_than_it_knows() -> None:
    async with TestClient(TestServer(internet.metadata("i-1"))) as client:
        path = "/latest/meta-data/iam/security-credentials/"
        role = await (await client.get(path, headers=WITH_TOKEN)).text()
        assert json.loads(await (await client.get(path + role, headers=WITH_TOKEN)).text())["Code"] == "Success"
        unknown = "/latest/meta-data/autoscaling/target-lifecycle-state"
        assert (await client.get(unknown, headers=WITH_TOKEN)).status == 404


async def test_functions_are_healthy() -> None:
    async with TestClient(TestServer(internet.healthy(web.Application()))) as client:
        answer = await client.get("/f/info/health")
        assert (answer.status, await answer.json()) == (200, {"status": "healthy"})


async def test_the_web_site_has_the_pages_of_the_project() -> None:
    async with TestClient(TestServer(internet.site())) as client:
        answer = await client.get("/sqlite-faq.html")
        assert await answer.read() == (internet.PAGES / "sqlite-faq.html").read_bytes()
