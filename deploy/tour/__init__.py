"""What the tour of ``deploy/tour.sh`` needs beside the two command lines."""
