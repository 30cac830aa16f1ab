"""What the documents say of the audit's rules and policies is what the code does."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema

from fivetran_async.audit import RULES, load_policy, policy_schema

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "audit_rules.md").read_text(encoding="utf-8")


def test_generated_parts() -> None:
    """The page would say other severities, tiers or thresholds than the code has, or the schema be an old one."""
    command = [sys.executable, str(ROOT / "tools" / "generate_audit_docs.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


def test_number_of_rules() -> None:
    """A page would boast of rules that there are not."""
    for page in ("docs/audit.md", "CHANGELOG.md"):
        assert re.search(rf"\b{len(RULES)} rules\b", (ROOT / page).read_text(encoding="utf-8"))


def test_every_rule_says_when_and_what_to_do() -> None:
    """A row of the table would be empty."""
    for rule in RULES:
        assert rule.when
        assert rule.remedy.endswith(".")
        assert f"| `{rule.id}` |" in PAGE


def test_policy_of_the_page(tmp_path: Path) -> None:
    """Whoever copies the policy of the page would be told that it is wrong."""
    text = next(block for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL) if "[[exceptions]]" in block)
    (tmp_path / "tables.json").write_text("{}")
    desired = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert desired
    (tmp_path / "desired.json").write_text(desired[1])
    (tmp_path / "policy.toml").write_text(text)
    policy = load_policy(tmp_path / "policy.toml")
    assert policy.exceptions[0].owner == "anna@example.com"
    assert policy.desired["shop_*"].schema_change_handling == "BLOCK_ALL"
    data = json.loads(json.dumps(tomllib.loads(text), default=str))
    jsonschema.validate(data, policy_schema())
