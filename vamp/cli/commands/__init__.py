"""The commands of ``vamp``. Each module gives functions whose first argument is a session."""
