"""One LangGraph graph: guard, think, act, check, answer."""
