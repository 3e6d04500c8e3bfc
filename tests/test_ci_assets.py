"""The action, the hooks and the template for CI fit the commands there are, and work."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from cli_data import messages
from jsonschema import Draft4Validator

from labelaudit.cli.main import run
from labelaudit.config import ENV_PREFIX, specs

ROOT = Path(__file__).parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
TEMPLATE = ROOT / "ci" / "labelaudit.gitlab-ci.yml"
JOB = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))[".labelaudit"]
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
STEPS = ACTION["runs"]["steps"]
SCRIPTS = {
    **{f"action, {step['name']}": step["run"] for step in STEPS},
    **{f"gitlab {n}": line for n, line in enumerate([*JOB["before_script"], *JOB["script"]])},
    "install.sh": (ROOT / "ci" / "install.sh").read_text(encoding="utf-8"),
}


@pytest.fixture(scope="module")
def options():
    """Every option of every command, by command."""
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    sections = re.split(r"^### labelaudit ", page, flags=re.MULTILINE)[1:]
    return {
        body.partition("\n")[0]: set(re.findall(r"`(--[a-z][a-z-]*)", body)) | {"--help"}
        for body in sections
    }


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_bash(name):
    done = subprocess.run(
        ["bash", "-n"], input=SCRIPTS[name], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_expression_is_part_of_a_script(name):
    assert "${{" not in SCRIPTS[name]


def test_every_input_of_the_action_arrives_and_is_explained():
    given = {
        match
        for step in STEPS
        for value in step["env"].values()
        for match in re.findall(r"\$\{\{ inputs\.([\w-]+) \}\}", value)
    }
    assert given == set(ACTION["inputs"])
    for name in (*ACTION["inputs"], *ACTION["outputs"]):
        assert f"`{name}`" in PAGE
    assert ACTION["inputs"]["data"]["required"]
    written = set(re.findall(r'"(\w+)": ', (ROOT / "ci/github_action.py").read_text()))
    assert set(ACTION["outputs"]) <= written


def test_no_variable_of_ours_is_taken_for_a_setting():
    names = {name for step in STEPS for name in step["env"]} | set(JOB["variables"])
    assert not {name for name in names if name.startswith(ENV_PREFIX)}
    assert not names & {f"{ENV_PREFIX}{name.upper()}" for name in specs()}


def commands_in(text):
    """Give each labelaudit command of a text, with the words behind it."""
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"^ *#.*$", "", text, flags=re.MULTILINE))
    for words in re.findall(r"labelaudit ([a-z][a-z-]*(?: [^\n`|>&]*)?)", joined):
        yield words.split()


def test_every_option_there_is_known(options):
    shown = [
        *(hook["entry"] for hook in HOOKS),
        *SCRIPTS.values(),
        *(body for kind, body in FENCE.findall(PAGE) if kind == "text"),
    ]
    seen = 0
    for command, *words in (one for text in shown for one in commands_in(text)):
        assert command in options
        for word in words:
            if word.startswith("--") and word != "--":
                seen += 1
                assert word.partition("=")[0] in options[command], (command, word)
    assert seen >= 6
    given = {"detect": ["AUDIT_ARGS", "args"], "check": ["AUDIT_CHECK_ARGS", "check-args"]}
    for kind, body in FENCE.findall(PAGE):
        if kind != "yaml":
            continue
        for command, names in given.items():
            for value in re.findall(rf"(?:{'|'.join(names)}): (--.*)", body):
                for option in re.findall(r"--[a-z-]+", value):
                    assert option in options[command], option


def test_examples_of_the_page_are_yaml():
    bodies = [body for kind, body in FENCE.findall(PAGE) if kind == "yaml"]
    workflow, gitlab, hooks = map(yaml.safe_load, bodies)
    used = next(step for step in workflow["jobs"]["audit"]["steps"] if step.get("id") == "labels")
    assert set(used["with"]) <= set(ACTION["inputs"])
    assert set(gitlab["labels"]["variables"]) <= set(JOB["variables"])
    named = {hook["id"] for repo in hooks["repos"] for hook in repo["hooks"]}
    assert named == {hook["id"] for hook in HOOKS}


def test_the_hooks_name_what_pre_commit_asks_for():
    for hook in HOOKS:
        assert {"id", "name", "entry", "language"} <= set(hook)
        program, command, *_ = hook["entry"].split()
        assert (program, hook["language"]) == ("labelaudit", "python")
        assert command in {"lint", "check"}
    lint = next(hook for hook in HOOKS if hook["id"] == "labelaudit-lint")
    assert re.search(lint["files"], "data/train.csv")
    assert not re.search(lint["files"], "csv.py")
    assert not re.search(lint["exclude"], "data/train.csv")
    for ours in (
        "labelaudit-baseline.csv",
        "data/labelaudit-baseline.csv",
        "data/train.relabel.csv",
        "train.relabel.parquet",
        ".labelaudit/runs/20260314-120000-train/issues.csv",
    ):
        assert re.search(lint["exclude"], ours), ours


def test_the_page_says_how_a_hook_before_a_push_is_set_up():
    stages = {stage for hook in HOOKS for stage in hook.get("stages", ())}
    assert stages == {"pre-push"}
    assert "pre-commit install --hook-type pre-commit --hook-type pre-push" in PAGE


def test_the_lint_hook_works_on_files_of_a_commit(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    messages().to_csv("a.csv", index=False)
    Path("rules.toml").write_text('allowed = ["ham"]\n')
    entry = next(hook["entry"] for hook in HOOKS if hook["id"] == "labelaudit-lint")
    assert run([*shlex.split(entry)[1:], "--rules", "rules.toml", "a.csv"]) == 1
    assert "a.csv:" in capsys.readouterr().out


@pytest.fixture
def act(tmp_path):
    """Run the audit step of the action as a runner does."""
    messages().to_csv(tmp_path / "a b.csv", index=False)
    step = next(step for step in STEPS if step.get("id") == "audit")

    def acted(**inputs):
        output, page = tmp_path / "output", tmp_path / "summary"
        output.write_text("")
        chosen = {name: one.get("default", "") for name, one in ACTION["inputs"].items()}
        chosen |= {"data": "a b.csv"} | inputs
        environment = {
            name: chosen[re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", value)[1]]
            for name, value in step["env"].items()
            if "inputs." in value
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={
                **os.environ,
                **environment,
                "AUDIT_INTERPRETER": sys.executable,
                "GITHUB_ACTIONS": "true",
                "GITHUB_ACTION_PATH": str(ROOT),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(page),
                "PYTHONPATH": str(ROOT),
            },
        )
        told = dict(line.split("=", 1) for line in output.read_text().splitlines())
        return done, told, page

    return acted


def test_the_action_audits_judges_and_tells(act, tmp_path):
    done, told, page = act(
        **{"args": "--fast --limit '5'", "fail-on": "mislabelled>1%\n\n  flagged>50%\n"}
    )
    assert done.returncode == 1, done.stderr
    assert told["outcome"] == "FAIL"
    assert int(told["flagged"]) >= 4
    assert (told["reports"], told["sarif"]) == (
        "labelaudit-reports",
        "labelaudit-reports/labelaudit.sarif",
    )
    assert "::warning" in done.stdout or "::error" in done.stdout
    told_first, report = page.read_text().split("# Label audit of ")
    assert told_first.startswith("# Label gate\n\n> **Gate: FAIL: mislabelled: ")
    assert "## Issues (5 of " in report
    assert done.stderr.count("::error ") == 1
    sarif = json.loads((tmp_path / told["sarif"]).read_text())
    assert sarif["version"] == "2.1.0"
    junit = (tmp_path / told["reports"] / "labelaudit.xml").read_text()
    assert "mislabelled" in junit
    assert "flagged" in junit
    assert sorted(path.name for path in (tmp_path / "labelaudit-reports").iterdir()) == [
        "labelaudit.sarif",
        "labelaudit.xml",
    ]


def test_the_action_can_only_report(act):
    done, told, page = act(args="--fast", gate="false")
    assert done.returncode == 0, done.stderr
    assert told["outcome"] == ""
    assert page.read_text().startswith("# Label audit of ")


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"data": "nope.csv"}, "nope.csv"),
        ({"data": ""}, "names no file"),
        ({"data": "-"}, "names no file"),
        ({"data": "--help"}, "--help"),
        ({"args": "'unclosed"}, "cannot be split"),
        ({"reports": "a\nflagged=0"}, "no plain path"),
        ({"args": "$(touch pwned) ; touch pwned `touch pwned`"}, "error"),
    ],
)
def test_the_action_refuses_what_cannot_work(act, tmp_path, inputs, words):
    done, told, _ = act(**inputs)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("::error ") + done.stderr.count("::error::") == 1
    assert told == {}
    assert not (tmp_path / "pwned").exists()


def test_the_install_script_installs_its_own_checkout(tmp_path):
    """Hold it to its calls, with a Python that only writes them down."""
    log = tmp_path / "calls"
    fake = tmp_path / "python3"
    fake.write_text(
        f'#!/bin/sh\necho "$0 $*" >> {log}\n'
        'if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi\n'
    )
    fake.chmod(0o755)
    done = subprocess.run(
        ["bash", ROOT / "ci" / "install.sh", tmp_path / "made here"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "AUDIT_PYTHON": str(fake)},
    )
    python = tmp_path / "made here" / "bin" / "python"
    assert done.stdout == f"{python}\n"
    made, installed = log.read_text().splitlines()
    assert made == f"{fake} -m venv {tmp_path / 'made here'}"
    assert installed.startswith(f"{python} -m pip install ")
    assert installed.endswith(f"--constraint {ROOT / 'constraints.txt'} {ROOT}")


def test_the_gitlab_job_finds_and_judges(tmp_path):
    messages().to_csv(tmp_path / "a b.csv", index=False)
    script = "\n".join(JOB["script"]).replace("/tmp/labelaudit/bin/labelaudit", "labelaudit")  # noqa: S108
    program = tmp_path / "bin" / "labelaudit"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m labelaudit "$@"\n')
    program.chmod(0o755)
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={
            **os.environ,
            **JOB["variables"],
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "AUDIT_DATA": "a b.csv",
            "AUDIT_ARGS": "--fast",
            "AUDIT_CHECK_ARGS": "--max-flagged 50%",
        },
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    reports = JOB["artifacts"]["reports"]
    findings = json.loads((tmp_path / reports["codequality"]).read_text())
    item = {"required": ["description", "check_name", "fingerprint", "severity", "location"]}
    Draft4Validator({"type": "array", "minItems": 1, "items": item}).validate(findings)
    assert "<testcase" in (tmp_path / reports["junit"]).read_text()


def test_the_gitlab_job_fetches_a_tag_and_installs_from_it(tmp_path):
    """Clone a repository that holds nothing but an install script that tells how it is called."""
    repository, folder = tmp_path / "of ours", tmp_path / "made"
    (repository / "ci").mkdir(parents=True)
    (repository / "ci" / "install.sh").write_text("echo installed into $1")
    git = ["git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"], ["tag", "v9"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    (repository / "ci" / "install.sh").write_text("echo another")
    subprocess.run([*git, "commit", "-qam", "two"], check=True, capture_output=True)
    script = "\n".join(JOB["before_script"]).replace("/tmp/labelaudit", str(folder))  # noqa: S108
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "AUDIT_REPOSITORY": repository.as_uri(), "AUDIT_TAG": "v9"},
    )
    assert (done.returncode, done.stdout) == (0, f"installed into {folder}\n"), done.stderr
    assert "slim" not in JOB["image"]


@pytest.mark.parametrize("name", ["AUDIT_REPOSITORY", "AUDIT_TAG", "AUDIT_DATA"])
def test_the_gitlab_job_says_what_was_left_out(name):
    line = next(one for one in (*JOB["before_script"], *JOB["script"]) if name in one)
    asked = re.search(rf'"\$\{{{name}:\?[^"]+"', line)[0]
    done = subprocess.run(
        ["bash", "-c", f"echo {asked}"], capture_output=True, text=True, check=False, env={name: ""}
    )
    assert done.returncode != 0
    assert name in done.stderr
