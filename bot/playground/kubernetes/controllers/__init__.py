"""The controllers: each watches the store's log and brings the world one step nearer to what is wanted."""
