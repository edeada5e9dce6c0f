"""An application of functions, each with its source, build method and build type, to build on a stand-in for sam."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from samix.options.build_type import BuildType, BuildTypeDefault, parse_rules
from samix.options.merge import BuildOptions, merge_options


@dataclass(frozen=True)
class FunctionApp:
    """An application: functions in an order, each with a source, a method and a build type."""

    functions: tuple[tuple[str, str, str, str], ...]
    environment: bool

    def write(self, project: Path, version: str) -> None:
        text = "Resources:\n"
        for name, source, method, _ in self.functions:
            metadata = "" if method == "none" else f"    Metadata: {{BuildMethod: {method}}}\n"
            text += (
                f"  {name}:\n    Type: AWS::Serverless::Function\n{metadata}"
                f"    Properties: {{CodeUri: {source}, Runtime: python3.12, Handler: app.{name}}}\n"
            )
        (project / "template.yaml").write_text(text)
        for source in ("src", "other"):
            (project / source).mkdir(exist_ok=True)
            (project / source / "app.py").write_text(f"{source} {version}")

    def options(self, project: Path, **values: object) -> BuildOptions:
        rules, _ = parse_rules([f"{name}={place}" for name, _, _, place in self.functions], source="--build-type")
        return replace(
            merge_options({"template_file": "template.yaml"}, {}, project),
            rule_sets=(tuple(rules), ()),
            default_type=BuildTypeDefault(BuildType.HOST, "default"),
            environments={"Parameters": {"KEY": "value"}} if self.environment else {},
            **values,  # type: ignore[arg-type]
        )
