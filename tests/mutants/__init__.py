"""Wrong versions of true claims, and an evaluator that knows which of them are still true. No code of ptheory in it."""
