"""Looking at Celery's brokers. What speaks to them for work is Celery's own transports."""
