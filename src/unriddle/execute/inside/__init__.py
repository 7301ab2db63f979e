"""What runs inside the sandbox: standard library only, imported once by each zygote before it confines itself."""
