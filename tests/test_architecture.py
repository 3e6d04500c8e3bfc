from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "labelaudit"
MODULES = sorted(PACKAGE.rglob("*.py"))
HEAVY = {
    "cleanlab",
    "joblib",
    "matplotlib",
    "numpy",
    "pandas",
    "pyarrow",
    "scipy",
    "skrub",
    "sklearn",
}
FACES = {"click", "rich", "typer"}
MAX_LINES = 400
DRAWN = {PACKAGE / "report" / "terminal.py", PACKAGE / "report" / "grid.py"}

LIST_IMPORTED = """
import contextlib, io, json, sys
with contextlib.redirect_stdout(io.StringIO()):
    try:
        from labelaudit.cli.main import run
        code = run(json.loads(sys.argv[1]))
    except SystemExit as exit:
        code = exit.code
print(json.dumps({"code": code or 0, "imported": sorted({n.split(".")[0] for n in sys.modules})}))
"""


def name_of(module: Path) -> str:
    return module.relative_to(ROOT).as_posix()


def syntax_tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def imported_roots(nodes: list[ast.AST]) -> set[str]:
    roots = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            roots.add(node.module.split(".")[0])
    return roots


def docstring_lines(tree: ast.Module) -> int:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, kinds)]
    texts = [
        item
        for body in bodies
        for item in body
        if isinstance(item, ast.Expr)
        and isinstance(item.value, ast.Constant)
        and isinstance(item.value.value, str)
    ]
    return sum(text.end_lineno - text.lineno + 1 for text in texts)


@pytest.mark.parametrize(
    "command",
    [["--help"], ["--version"], ["detect", "--help"], ["detectors"]],
    ids=" ".join,
)
def test_answering_about_itself_imports_nothing_heavy(command):
    done = subprocess.run(
        [sys.executable, "-c", LIST_IMPORTED, json.dumps(command)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["code"] == 0, done.stderr
    assert not HEAVY & set(told["imported"])


def test_the_layers_hold():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import *; lint_imports_command()"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={"PYTHONUTF8": "1", "PYTHONPATH": str(ROOT)},
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_heavy_libraries_are_imported_inside_functions(module):
    tree = syntax_tree(module)
    assert not HEAVY & imported_roots(tree.body)


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_only_the_faces_know_the_terminal(module):
    if module.parent.name == "cli" or module in DRAWN:
        return
    nodes = list(ast.walk(syntax_tree(module)))
    assert not FACES & imported_roots(nodes)
    called = [node.func for node in nodes if isinstance(node, ast.Call)]
    assert not [func for func in called if isinstance(func, ast.Name) and func.id == "print"]


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_every_module_says_what_it_is(module):
    assert ast.get_docstring(syntax_tree(module))


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_no_module_grows_past_reading(module):
    lines = len(module.read_text(encoding="utf-8").splitlines())
    assert lines - docstring_lines(syntax_tree(module)) <= MAX_LINES


def test_every_dependency_has_its_line_in_the_docs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lists = [
        project["project"]["dependencies"],
        *project["project"].get("optional-dependencies", {}).values(),
        *project["dependency-groups"].values(),
    ]
    named = {
        re.match(r"[\w.-]+", entry).group()
        for entries in lists
        for entry in entries
        if isinstance(entry, str)
    }
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `([\w.-]+)` \|", page, flags=re.MULTILINE))
    assert explained == named


def test_the_lowest_versions_are_those_of_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    bounds = dict(entry.split(">=") for entry in project["project"]["dependencies"])
    lines = (ROOT / "constraints-lowest.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert pins.keys() == bounds.keys()
    for name, bound in bounds.items():
        assert f"{pins[name]}.".startswith(f"{bound}."), name
