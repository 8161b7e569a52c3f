"""What tests of hostile mail are made of: seeds, their mutations, bait, shapes that grow, and how all are judged."""
