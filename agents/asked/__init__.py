"""Reading a question about many deals as conditions, a measure, a grouping and an order, word by word."""
