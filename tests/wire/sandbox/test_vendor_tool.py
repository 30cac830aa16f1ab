"""Fivetran's own deploy tool finds here all that it asks for: its requests, and what it reads of the answers."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

PACKAGES = "/v1/connector-sdk/packages"
AGENT = "fivetran-connector-sdk/3.0.0/linux-x64"
V2 = {"Accept": "application/json;version=2"}
SECRETS = [{"key": "api_key", "value": "hunter22"}, {"key": "region", "value": None}]


def archive(text="# connector\n"):
    """Return a package as the tool makes it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("connector.py", text)
        file.writestr("configuration_form.pb", "")
    return content.getvalue()


class Tool:
    """The calls that the tool makes, by the numbers of the table in which they were recorded."""

    def __init__(self, call):
        self._call = call
        self.statuses = []

    def _send(self, method, path, body=None, **options):
        headers = {"User-Agent": AGENT, "Accept": "*/*"} | options.pop("headers", {})
        answer = self._call(method, path, body, headers=headers, **options)
        self.statuses.append(answer.status)
        return answer

    def migration(self):
        """1: all its connections, for those who deployed before there were profiles."""
        items, cursor = [], ""
        while True:
            data = self._send("GET", f"/v1/connector-sdk/migration/connections?limit=100{cursor}").data
            items += data["items"]
            if not data.get("next_cursor"):
                return items
            cursor = f"&cursor={data['next_cursor']}"

    def group(self, name):
        """2: the group of this very name."""
        items = self._send("GET", "/v1/groups?limit=500").data["items"]
        return next(item["id"] for item in items if item["name"] == name)

    def existing(self, group, schema):
        """3: the connection of this name, with the old spelling of the path."""
        items = self._send("GET", f"/v1/groups/{group}/connectors?schema={schema}").data["items"]
        return (items[0]["id"], items[0]["service"]) if items else None

    def details(self, name):
        """4: what a redeployment keeps."""
        return self._send("GET", f"/v1/connections/{name}", headers=V2).data

    def destination(self, group):
        """5: whether the destination has a hybrid deployment agent."""
        return self._send("GET", f"/v1/destinations/{group}", headers=V2).data.get("hybrid_deployment_agent_id")

    def package_of(self, name):
        """6 and 7: the package of a connection, and who runs it."""
        package = self._send("GET", f"/v1/connectors/{name}").data["config"]["package_id"]
        answer = self._send("GET", f"{PACKAGES}/{package}")
        data = answer.data
        assert data["id"] == package
        return package, data.get("connection_ids") or [data["connection_id"]]

    def upload(self, content, package=None):
        """8 and 9: one part named `file`, without a type of its own."""
        boundary = "0f2a9c"
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="shop.zip"\r\n\r\n'
        raw = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        form = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        method, path = ("POST", PACKAGES) if package is None else ("PATCH", f"{PACKAGES}/{package}")
        answer = self._send(method, path, raw=raw, headers=form)
        assert 200 <= answer.status < 300
        return answer.data["id"]

    def delete(self, package):
        """10: what a refused create leaves."""
        return self._send("DELETE", f"{PACKAGES}/{package}").status

    def packages(self):
        """11: all packages."""
        return self._send("GET", f"{PACKAGES}?limit=1000").data["items"]

    def create(self, group, package, **changes):
        """12: the connection, whole."""
        body = {
            "group_id": group,
            "service": "connector_sdk",
            "config": {
                "schema": "keap_emails",
                "secrets_list": SECRETS,
                "python_version": "3.14",
                "package_id": package,
            },
            "paused": True,
            "run_setup_tests": True,
            "sync_frequency": "360",
            "destination_schema_names": "FIVETRAN_NAMING",
            "hybrid_deployment_agent_id": None,
        }
        return self._send("POST", "/v1/connectors", body | changes)

    def change(self, name, package, version="3.13"):
        """13: another package, and its configuration."""
        config = {"schema": "keap_emails", "secrets_list": SECRETS, "python_version": version, "package_id": package}
        body = {
            "config": config | {"proxy_host_config_key": None},
            "run_setup_tests": True,
            "proxy_agent_id": None,
            "networking_method": "Directly",
        }
        return self._send("PATCH", f"/v1/connectors/{name}", body)


@pytest.fixture
def tool(call):
    """Return the tool, pointed at `box`."""
    return Tool(call)


@pytest.fixture
def warehouse(box):
    """Return the id of a group with a destination that is called as the tool asks for it."""
    group = box.account.add_group(name="Warehouse")["id"]
    box.account.add_destination(group, "big_query")
    return group


def deploy(tool):
    """Deploy as the tool does: 1, 2, 3, 5, 2, 3, 8, 12, or of one that is there 1, 2, 3, 4, 2, 3, 6, 7, 8, 13."""
    tool.migration()
    group = tool.group("Warehouse")
    found = tool.existing(group, "keap_emails")
    if found is None:
        assert tool.destination(group) is None
    else:
        assert {"python_version", "package_id"} <= set(tool.details(found[0])["config"])
    group = tool.group("Warehouse")
    found = tool.existing(group, "keap_emails")
    if found is None:
        return tool.create(group, tool.upload(archive()))
    name, service = found
    assert service == "connector_sdk"
    assert tool.package_of(name)[1] == [name]
    return tool.change(name, tool.upload(archive("# better\n")))


def test_a_new_connection(tool, warehouse, box):
    """The tool could not deploy, or end in an error for a status or a field that it wants."""
    answer = deploy(tool)
    assert answer.status == 201
    data = answer.data
    assert data["config"]["python_version"] == "3.14"
    assert data["destination_schema_names"] == "FIVETRAN_NAMING"
    assert [test["status"] for test in data["setup_tests"]] == ["PASSED", "PASSED"]
    assert [secret["value"] for secret in data["config"]["secrets_list"]] == ["******", None]
    kept = box.account.connections[data["id"]]
    assert (kept["paused"], kept["sync_frequency"], kept["config"]["secrets_list"]) == (True, 360, SECRETS)
    assert tool.statuses == [200, 200, 200, 200, 200, 200, 201, 201]


def test_a_connection_that_is_there(tool, warehouse, box):
    """The tool could not deploy again, or the connection go on with the old package, or that be deleted."""
    first = deploy(tool).data
    answer = deploy(tool)
    assert answer.status == 200
    config = answer.data["config"]
    assert config["python_version"] == "3.13"
    assert config["package_id"] != first["config"]["package_id"]
    assert answer.data["destination_schema_names"] == "FIVETRAN_NAMING"
    assert {first["config"]["package_id"], config["package_id"]} <= {item["id"] for item in tool.packages()}


def test_what_is_shown_for_migration(tool, warehouse, box):
    """The tool could not make its profiles of connections that were deployed before."""
    made = deploy(tool).data
    (item,) = [item for item in tool.migration() if item["schema"] == "keap_emails"]
    assert item == {
        "connection_id": made["id"],
        "group_id": warehouse,
        "group_name": "Warehouse",
        "schema": "keap_emails",
        "python_version": "3.14",
        "destination_schema_names": "FIVETRAN_NAMING",
        "hybrid_deployment_agent_id": None,
        "proxy_host_config_key": None,
        "package_id": made["config"]["package_id"],
        "package_shared": False,
        "networking_method": "Directly",
        "proxy_agent_id": None,
    }
    assert all(item.keys() == other.keys() for other in tool.migration())


def test_setup_tests_that_fail(tool, warehouse):
    """The tool would take a connection without a package for one that works; it stays, and so does the package."""
    answer = tool.create(warehouse, None, config={"schema": "keap_emails", "python_version": "3.14"})
    assert answer.status == 201
    assert answer.data["setup_tests"][0]["status"] == "FAILED"
    assert answer.data["setup_tests"][0]["message"]


def test_a_refused_create_leaves_a_package_that_can_go(tool, warehouse):
    """The tool could not clean up after a refusal, whose message it shows."""
    package = tool.upload(archive())
    answer = tool.create(warehouse, package, sync_frequency="7")
    assert (answer.status, "sync_frequency" in answer.json["message"]) == (400, True)
    assert tool.delete(package) == 200
    assert tool.create(warehouse, package).status == 400


def test_a_package_that_is_updated(tool, warehouse):
    """The tool could not replace what a package holds."""
    package = deploy(tool).data["config"]["package_id"]
    item = next(item for item in tool.packages() if item["id"] == package)
    assert tool.upload(archive("# other\n"), package) == package
    after = next(item for item in tool.packages() if item["id"] == package)
    assert after["file_sha256_hash"] != item["file_sha256_hash"]


def test_a_package_that_is_shared(tool, warehouse):
    """The tool would deploy to one of the connections that share a package, and leave the others behind."""
    made = deploy(tool).data
    package = made["config"]["package_id"]
    second = tool.create(warehouse, package, config={"schema": "other", "package_id": package})
    assert second.status == 201
    assert tool.package_of(made["id"])[1] == [made["id"], second.data["id"]]
    assert [item["package_shared"] for item in tool.migration() if item["package_id"] == package] == [True, True]


def test_python_is_chosen_where_nobody_did(tool, warehouse):
    """The tool ends in an error where the config has no version of Python."""
    package = tool.upload(archive())
    made = tool.create(warehouse, package, config={"schema": "keap_emails", "package_id": package}).data
    assert made["config"]["python_version"] == "3.14"
    other = tool.upload(archive())
    kept = json.loads(tool.change(made["id"], other, version=None).raw)
    assert kept["data"]["config"]["python_version"] == "3.14"


def test_an_unknown_package(tool):
    """The tool would take any id for that of a package."""
    assert tool._send("GET", f"{PACKAGES}/nothing_here").status == 404
