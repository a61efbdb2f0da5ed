"""Views in files of their own, found by walking: one public subclass of `core.protocol.views.View` a file."""
