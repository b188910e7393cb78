"""Questions about many deals: conditions that must hold together, and what is counted, summed or listed of the deals."""
