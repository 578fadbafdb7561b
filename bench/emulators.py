"""The two that are compared: our embedded AWS, and the emulator in it as it comes, from the same environment.

It also knows how functions are made and called there. It measures nothing.
"""

from __future__ import annotations

import http.client
import io
import os
import signal
import socket
import subprocess
import time
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from bench.measure import BenchmarkError
from emulator.launcher import READY_PATH, Emulator
from emulator.paths import EMULATOR_PYTHON, StatePaths
from emulator.processes import ProcessIdentity

START_SECONDS = 30.0
LOOPBACK = "127.0.0.1"
_TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", '
    '"Principal": {"Service": "lambda.amazonaws.com"}}]}'
)


class Subject(ABC):
    """An emulator with a state folder of its own.

    :param folder: for its state and its log.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def start(self) -> None:
        """Start it and return when it is ready."""

    @abstractmethod
    def stop(self) -> None:
        """Stop it; the state stays."""

    @property
    @abstractmethod
    def url(self) -> str:
        """Where it serves."""

    @property
    @abstractmethod
    def pid(self) -> int:
        """Its process."""

    def client(self, service: str) -> Any:
        """Return a client that answers as fast as it can, and tries nothing twice."""
        return boto3.client(
            service, endpoint_url=self.url, region_name="us-east-1", aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - both emulators take any
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
        )  # fmt: skip

    def memory_mb(self) -> float:
        """Return how much memory its process holds just now, without the functions' processes."""
        listed = subprocess.run(["/bin/ps", "-o", "rss=", "-p", str(self.pid)], capture_output=True, check=True)
        return int(listed.stdout) / 1024


class Ours(Subject):
    """The embedded AWS of this project."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._emulator = Emulator(folder)

    def start(self) -> None:
        """Start it and return when it is ready."""
        self._emulator.start()

    def stop(self) -> None:
        """Stop it; the state stays."""
        self._emulator.stop()

    @property
    def url(self) -> str:
        """Where it serves."""
        return self._emulator.endpoint_url

    @property
    def pid(self) -> int:
        """Its process."""
        process = ProcessIdentity.load(StatePaths(self.folder).process)
        if process is None:
            raise BenchmarkError("the embedded AWS has ended; next: read its log, then measure again")
        return process.pid


class Stock(Subject):
    """The emulator without anything of ours; it keeps its state, too."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            self._port: int = probe.getsockname()[1]

    def start(self) -> None:
        """Start it and return when it is ready.

        :raises BenchmarkError: if it does not.
        """
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [EMULATOR_PYTHON, "-m", "ministack"], env=self._variables(), cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise BenchmarkError(f"ministack did not start; next: read {self.folder / 'log'}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it; the state stays."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()

    @property
    def url(self) -> str:
        """Where it serves."""
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def pid(self) -> int:
        """Its process."""
        if self._process is None:
            raise BenchmarkError("ministack does not run; next: start it")
        return self._process.pid

    def _variables(self) -> dict[str, str]:
        return {
            "PATH": os.pathsep.join(os.get_exec_path()), "HOME": str(self.folder), "TMPDIR": str(self.folder),
            "BIND_HOST": LOOPBACK, "GATEWAY_PORT": str(self._port), "PERSIST_STATE": "1", "S3_PERSIST": "1",
            "STATE_DIR": str(self.folder / "state"), "S3_DATA_DIR": str(self.folder / "s3"),
            "SFTP_ENABLED": "0", "IOT_MTLS_ENABLED": "0", "DOCKER_HOST": f"unix://{self.folder}/none",
        }  # fmt: skip

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=5)
        try:
            connection.request("GET", READY_PATH)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def fill(subject: Subject, number: int) -> None:
    """Make resources, so that there is a state to save."""
    sns, ssm = subject.client("sns"), subject.client("ssm")
    for each in range(number):
        sns.create_topic(Name=f"topic-{each}")
        ssm.put_parameter(Name=f"/parameter/{each}", Value="value", Type="String")


def make_function(subject: Subject, name: str, code: str) -> None:
    """Make a function, and the role that all of them share."""
    iam, lambda_ = subject.client("iam"), subject.client("lambda")
    try:
        role = iam.create_role(RoleName="bench", AssumeRolePolicyDocument=_TRUST)["Role"]["Arn"]
    except iam.exceptions.EntityAlreadyExistsException:
        role = iam.get_role(RoleName="bench")["Role"]["Arn"]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("index.py", code)
    lambda_.create_function(
        FunctionName=name,
        Role=role,
        Runtime="python3.12",
        Handler="index.handler",
        Code={"ZipFile": content.getvalue()},
    )


def caller(subject: Subject, name: str) -> Callable[[], None]:
    """Return what calls a function once, over a connection of its own.

    :raises BenchmarkError: when called, if the function fails.
    """
    lambda_ = subject.client("lambda")

    def call() -> None:
        answer = lambda_.invoke(FunctionName=name)
        if "FunctionError" in answer or answer["Payload"].read() != b"1":
            raise BenchmarkError(f"the function did not answer as it should; next: read the log in {subject.folder}")

    return call


def user_of_everything(subject: Subject, function: str) -> Callable[[], None]:
    """Return what makes six calls of several services, and leaves nothing behind that AWS would keep for long."""
    call, ssm, sns, sqs = caller(subject, function), *(subject.client(name) for name in ("ssm", "sns", "sqs"))
    topic, queue = sns.create_topic(Name="used")["TopicArn"], sqs.create_queue(QueueName="used")["QueueUrl"]

    def use() -> None:
        call()
        ssm.put_parameter(Name="/used", Value="value", Type="String", Overwrite=True)
        sns.publish(TopicArn=topic, Message="message")
        sqs.send_message(QueueUrl=queue, MessageBody="message")
        for message in sqs.receive_message(QueueUrl=queue)["Messages"]:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])

    return use
