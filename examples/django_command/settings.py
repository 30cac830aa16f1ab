"""The settings of a project, as far as the command needs them."""

import os

INSTALLED_APPS = ["pipelines"]
# Of the environment, and nowhere else: settings are printed by Django's own pages of errors.
SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY", "")
USE_TZ = True
