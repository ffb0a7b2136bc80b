"""What people are told: composing a message, and handing it to a mail server, to Twilio, or to the console."""
