"""The languages of what people read. Each is one file here, with every text in it; adding a file adds a language."""
