"""Forms that stand in the right column of the window: nothing in them blocks, and Esc puts them away."""
