"""The admin's screen: a host with tabs; one module a tab."""

from console.ui.screens.admin.screen import AdminScreen

__all__ = ["AdminScreen"]
