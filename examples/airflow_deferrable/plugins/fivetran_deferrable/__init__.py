"""Syncs of Fivetran in Airflow that hold no worker while they run: copy this folder into `plugins`."""
