"""What this project has to do with pipelines: the command beside this file."""
