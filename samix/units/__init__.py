"""The values that all parts of samix use: units, decisions, reasons, outcomes."""
