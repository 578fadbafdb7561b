"""What stands in for Amazon Comprehend: a small word list and simple rules, the same answer for the same text."""
