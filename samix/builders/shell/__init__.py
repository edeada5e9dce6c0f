"""What a makefile and the scripts that it runs read and write."""
