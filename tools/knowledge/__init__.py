"""The knowledge base: laws, playbook, catalogue, offers and documents cut into passages that can be cited and found."""
