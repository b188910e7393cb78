"""Renderings of plans and offers: XLSX with live formulas, DOCX from a template a lawyer can edit, PDF."""
