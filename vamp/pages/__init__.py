"""What every page draws with: colours of versions, charts as SVG, numbers and times in words."""
