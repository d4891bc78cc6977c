"""The rows of the table, a file for each question.

Each module has a `rows` that takes the bench and yields rows as they are
measured."""
