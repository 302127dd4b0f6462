"""What the tasks of a file give, as frozen data with values and no words for a page; ``rendering`` makes the pages."""
