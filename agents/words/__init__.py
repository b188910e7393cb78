"""The words of questions and answers, as data."""
