"""Z. Bai et al., dual-scale channel estimation: figures, claims, and what it leaves open."""
