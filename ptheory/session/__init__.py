"""One derivation file through the whole column: parse, check, expand, specialise, analyse, verify, render."""
