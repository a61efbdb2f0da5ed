"""Views that have a file each: one public subclass of `core.protocol.views.View`, found by walking the folder."""
