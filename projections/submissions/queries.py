"""What is shown of the submissions view."""

SHOWN = "submission_id, form_id, form_name, answers, submitted_at"
