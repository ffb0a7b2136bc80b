"""`app` for any WSGI server."""

from booking.processes import wsgi_app

app = wsgi_app()
