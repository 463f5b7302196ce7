"""The page of a system: one file that a person opens, with its picture, its values, its findings, and what a failure would do."""
