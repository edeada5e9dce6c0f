"""The values that all parts of samix speak of: units, decisions, reasons, outcomes."""
