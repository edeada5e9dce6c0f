"""CloudFormation's language extensions, as sam expands them before it builds.

Mirrors `samcli.lib.cfn_language_extensions`.
"""
