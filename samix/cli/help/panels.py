"""The panels that options stand in, in the order and with the titles that sam's help gives them.

Mirrors `samcli.commands.build.core.options`; sam has no panel for build types.
"""

from __future__ import annotations

MAIN = "Options"
BUILD_TYPE = "Build Type Options"
TEMPLATE = "Template Options"
CREDENTIALS = "AWS Credential Options"
STRATEGY = "Build Strategy Options"
CONTAINER = "Container Options"
LOCATION = "Artifact Location Options"
OUTPUT = "Output Options"
EXTENSION = "Extension Options"
CONFIGURATION = "Configuration Options"
TERRAFORM = "Terraform Hook Options"
BETA = "Beta Options"
OTHER = "Other Options"

ORDER = (
    MAIN,
    BUILD_TYPE,
    TEMPLATE,
    CREDENTIALS,
    STRATEGY,
    CONTAINER,
    LOCATION,
    OUTPUT,
    EXTENSION,
    CONFIGURATION,
    TERRAFORM,
    BETA,
    OTHER,
)
