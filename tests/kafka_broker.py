"""A real Apache Kafka for the tests: one KRaft node of its own, the loopback interface only."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic
from maven import fetched
from postgresql import free_port

JARS = Path(__file__).parent.parent / "var" / "kafka-jars"
_POM = Path(__file__).parent / "kafka_pom.xml"
_CLUSTER = "MkU3OEVBNTcwNTJENDM2Qg"


def absent() -> str | None:
    """What is missing for a broker to run, or None. The jars are fetched once, if Maven is there to do it."""
    if shutil.which("java") is None:
        return "no java"
    return fetched(_POM, JARS)


class Broker:
    """A broker process that can be killed and started again on the same log."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kafka-"))
        self.port, control = free_port(), free_port()
        self.bootstrap = f"127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        settings = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@127.0.0.1:{control}",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{control}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": self.folder / "log",
            "num.partitions": 4,
            "offsets.topic.num.partitions": 4,
            "offsets.topic.replication.factor": 1,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "group.initial.rebalance.delay.ms": 0,
            "broker.session.timeout.ms": 2000,
            "broker.heartbeat.interval.ms": 500,
            "group.min.session.timeout.ms": 1000,
        }
        self._config = self.folder / "server.properties"
        self._config.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        (self.folder / "log4j.properties").write_text(
            "log4j.rootLogger=WARN, out\nlog4j.appender.out=org.apache.log4j.ConsoleAppender\n"
            "log4j.appender.out.layout=org.apache.log4j.SimpleLayout\n"
        )
        self._java("kafka.tools.StorageTool", "format", "-t", _CLUSTER, "-c", str(self._config))
        self.start()

    def _command(self, *arguments: str) -> list[str]:
        log4j = f"-Dlog4j.configuration=file:{self.folder}/log4j.properties"
        return ["java", "-Xmx320m", "-XX:+UseSerialGC", log4j, "-cp", f"{JARS}/*", *arguments]

    def _java(self, *arguments: str) -> None:
        subprocess.run(self._command(*arguments), check=True, capture_output=True, timeout=60)

    def start(self) -> None:
        """Start, and wait until it answers."""
        with (self.folder / "out").open("ab") as out:
            self._process = subprocess.Popen(
                self._command("kafka.Kafka", str(self._config)), stdout=out, stderr=subprocess.STDOUT
            )
        end = time.monotonic() + 60
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1):
                    break
            except OSError:
                if time.monotonic() > end or self._process.poll() is not None:
                    raise
                time.sleep(0.1)
        while True:
            try:
                AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0}).list_topics(timeout=5)
                return
            except KafkaException:
                if time.monotonic() > end:
                    raise

    def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait(10)

    def topic(self, name: str, partitions: int = 4) -> str:
        """Make a topic."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        admin.create_topics([NewTopic(name, partitions, 1)])[name].result(20)
        return name

    def stop(self) -> None:
        """End at once and remove everything."""
        if self._process is not None and self._process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
